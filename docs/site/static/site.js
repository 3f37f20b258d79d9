// What scrolls sideways can be reached by keyboard; what does not scroll is no stop on the way.
"use strict";
function reach() {
  const parts = document.querySelectorAll("article pre, article .output, article .table-wrapper, article div.math, article p:has(> img)");
  for (const part of parts) {
    if (part.scrollWidth > part.clientWidth + 1) {
      part.tabIndex = 0;
      part.setAttribute("role", "group");
      part.setAttribute("aria-label", "scrolls sideways");
    } else if (part.getAttribute("aria-label") === "scrolls sideways") {
      for (const name of ["tabindex", "role", "aria-label"]) part.removeAttribute(name);
    }
  }
}
addEventListener("load", reach);
addEventListener("resize", reach);
