// The pages are built into the Python package; `npm run build` is called by hatch_build.py.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [svelte()],
  build: { outDir: "../src/vapordep/_web", emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
});
