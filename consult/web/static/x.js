// Leaving, made better. Without this script the same form posts to the same address and leaves as well.
// The page goes blank at once, its place in the history is taken by the neutral page, and three presses of Shift
// within five seconds do what the button does. A page that comes back from the browser's memory is loaded anew.
(function () {
  var form = document.getElementById("x"), presses = 0, first = 0, chord = false;
  if (!form) return;
  function leave(event) {
    if (event) event.preventDefault();
    document.title = "\u2026";
    document.documentElement.style.display = "none";
    location.replace(form.action);
  }
  form.addEventListener("submit", leave);
  addEventListener("keydown", function (event) { if (event.key !== "Shift") { presses = 0; chord = event.shiftKey; } });
  addEventListener("keyup", function (event) {
    if (event.key !== "Shift") return;
    if (chord) { chord = false; return; }
    if (!presses || Date.now() - first > 5000) { presses = 0; first = Date.now(); }
    if (++presses > 2) leave();
  });
  addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
})();
