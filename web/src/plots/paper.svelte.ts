// Whether the pages go to paper: plots are drawn for it then, light and no wider than it is.

export const paper = $state({ wanted: false });
export const WIDE = 640; // px, of A4 and Letter within any margins
addEventListener("beforeprint", () => (paper.wanted = true));
addEventListener("afterprint", () => (paper.wanted = false));
