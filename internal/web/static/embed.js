"use strict";

// The frame: the form, and its height for the page that holds it. Whoever holds it may know the height, so it goes to any origin.

protest(document);

const sayHeight = () => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  parent.postMessage({ source: "one-click-protest", height }, "*");
};
new ResizeObserver(sayHeight).observe(document.body);
sayHeight();

// An answer may be much shorter than what was scrolled down to its button.
document.getElementById("look")?.scrollIntoView();
