// The clock of a session: counts on between two looks, and looks again while nobody types. Without it: "Look again".
(function () {
  var begun = Date.now(), touched = false;
  document.addEventListener("input", function () { touched = true; });
  function show() {
    var gone = Math.floor((Date.now() - begun) / 1000);
    document.querySelectorAll(".tick").forEach(function (each) {
      var s = Math.max(0, Number(each.dataset.seconds) + gone * Number(each.dataset.runs || 0));
      each.textContent = Math.floor(s / 60) + ":" + ("0" + (s % 60)).slice(-2);
    });
    var on = document.activeElement;
    var idle = !touched && (!on || on === document.body || on.id === "main");
    if (gone >= 15 && idle) location.reload();
  }
  show();
  setInterval(show, 1000);
})();
