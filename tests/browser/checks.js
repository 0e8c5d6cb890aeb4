// What every participants' page is held to, run inside the page. Each check gives a list of faults; an empty one is good.
window.checks = {
  async axe(options) {
    const found = await axe.run(document, { ...options, resultTypes: ["violations"] });
    return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target).join(" | ")}`);
  },

  sideways() {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((each) => {
      const box = each.getBoundingClientRect();
      return (box.right > innerWidth + 1 || box.left < -1) && !each.closest(".vh, .jump");
    });
    return [`wider than the screen: ${wide.slice(0, 4).map((each) => `${each.tagName}.${each.className}`).join(" ")}`];
  },

  smallTargets(least) {
    return [...document.querySelectorAll("a, button, input, select, textarea, label.opt")]
      .filter((each) => each.tabIndex >= 0 && each.type !== "hidden" && !each.classList.contains("jump"))
      .filter((each) => !(each.tagName === "INPUT" && each.closest("label")))
      .map((each) => [each, each.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0 && (box.height < least - 0.5 || box.width < least - 0.5))
      .map(([each, box]) => `small: ${each.textContent.trim()} ${box.width}x${box.height}`);
  },

  // Words that are cut off where nothing scrolls.
  cut() {
    return [...document.querySelectorAll("main *, header *, footer *, nav *")]
      .filter((each) => !each.children.length && each.textContent.trim() && !each.closest(".vh, .jump, svg, textarea, option"))
      .filter((each) => each.offsetParent && getComputedStyle(each).clipPath === "none")
      .filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline")
      .map((each) => `cut: ${each.textContent.trim().slice(0, 40)}`);
  },

  overlaps() {
    const boxes = [...document.querySelectorAll(".btn, .link, .opt, h1, legend, .hint, .wrong, .bar a, .foot a")]
      .filter((each) => each.checkVisibility() && each.offsetParent && !each.closest(".vh, .top"))
      .map((each) => [each, each.getBoundingClientRect()]);
    const found = [];
    for (const [one, a] of boxes)
      for (const [two, b] of boxes)
        if (one !== two && !one.contains(two) && !two.contains(one)
            && a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 2 && b.top < a.bottom - 2)
          found.push(`overlap: ${one.textContent.trim().slice(0, 30)} / ${two.textContent.trim().slice(0, 30)}`);
    return found.slice(0, 3);
  },

  // The text spacing of WCAG 1.4.12, on and off.
  space(on) {
    document.getElementById("spaced")?.remove();
    if (!on) return;
    const style = document.createElement("style");
    style.id = "spaced";
    style.textContent = "*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-block-end:2em!important}";
    document.head.append(style);
  },

  // A language whose words take six tenths more room.
  grow() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, words = node.data.trim();
      if (words && !node.parentElement.closest("script, style, svg, .num, bdi, textarea"))
        node.data = node.data.replace(words, `${words} ${words.slice(0, Math.ceil(words.length * 0.6))}`);
    }
  },

  languageAndNames() {
    const faults = [], html = document.documentElement;
    if (!html.lang || !["ltr", "rtl"].includes(html.dir)) faults.push("no language or direction");
    if (document.querySelector("[style], link[rel=manifest], meta[name=description], meta[property], meta[name=theme-color]"))
      faults.push("an attribute that the policy forbids, or a tag that tells something");
    if (document.querySelectorAll("h1").length !== 1) faults.push("not one first heading");
    for (const each of document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea")) {
      const labels = each.labels ? [...each.labels].map((label) => label.textContent.trim()).join(" ") : "";
      if (!(each.textContent.trim() || labels) && each.getAttribute("aria-hidden") !== "true")
        faults.push(`no name: ${each.outerHTML.slice(0, 80)}`);
      if (each.required || each.placeholder) faults.push(`required or placeholder: ${each.name}`);
    }
    for (const each of document.querySelectorAll("fieldset"))
      if (!each.querySelector("legend")?.textContent.trim()) faults.push("a group without its question");
    for (const each of document.querySelectorAll(".num")) if (each.dir !== "ltr") faults.push("a number that is not isolated");
    return faults;
  },

  leaveInView() {
    const box = document.querySelector(".leave").getBoundingClientRect();
    const seen = box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
    return seen ? [] : ["Leave is not in view"];
  },

  moving() {
    return [...document.querySelectorAll("*")]
      .filter((each) => parseFloat(getComputedStyle(each).transitionDuration) > 0 || getComputedStyle(each).animationName !== "none")
      .map((each) => `moves: ${each.tagName}`);
  },

  chosenIsSeen() {
    const first = document.querySelector(".opt input:not(:checked)");
    if (!first) return [];
    const border = () => getComputedStyle(first.closest(".opt")).borderTopWidth, before = border();
    first.checked = true;
    const seen = border() !== before;
    first.checked = false;
    return seen ? [] : ["what is chosen is not seen in forced colours"];
  },

  // Where Tab has led: a ring, nothing over it; null at the end of the page.
  atTheStop() {
    const each = document.activeElement;
    if (each === document.body || each === document.documentElement) return null;
    const ringed = each.matches(".opt input") ? each.closest(".opt") : each;
    const style = getComputedStyle(ringed), box = ringed.getBoundingClientRect(), faults = [];
    if (parseFloat(style.outlineWidth) < 3 || style.outlineStyle === "none") faults.push(`no ring: ${each.outerHTML.slice(0, 80)}`);
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
    const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2);
    const above = document.elementFromPoint(x, y);
    if (above && !ringed.contains(above) && !above.contains(ringed)) faults.push(`covered by ${above.outerHTML.slice(0, 60)}`);
    return faults;
  },

  toTheStart() {
    document.activeElement.blur();
    getSelection().removeAllRanges();
    scrollTo(0, 0);
  },
};
