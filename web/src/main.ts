// Begins the pages.
import { mount } from "svelte";
import App from "./App.svelte";
import { applyTheme } from "./settings/theme";
import "./app.css";

applyTheme();

const target = document.getElementById("app");
if (target) mount(App, { target });
