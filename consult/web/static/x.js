// Leaving, made better. Without this script the same form posts to the same address and leaves as well.
// The page goes blank at once, its place in the history is taken by the neutral page, and three presses of Shift
// within five seconds do what the button does. A page that comes back from the browser's memory is loaded anew.
// Sending, made better: a second tap while the first is under way does nothing, and without a connection the page stays.
// Reading aloud: only with a voice that is on the device itself, so that no word of the page goes anywhere.
(function () {
  var get = document.getElementById.bind(document), form = get("x"), off = get("off"), say = get("say");
  var presses = 0, first = 0, chord = false, sent = false, speech = window.speechSynthesis;
  if (!form) return;
  function leave(event) {
    if (event) event.preventDefault();
    if (speech) speech.cancel();
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
  addEventListener("submit", function (event) {
    if (event.target === form) return;
    if (sent || !navigator.onLine) event.preventDefault();
    if (off) off.hidden = navigator.onLine;
    if (navigator.onLine) { sent = true; setTimeout(function () { sent = false; }, 4000); }
  });
  if (!say || !speech) return;
  function voice() {
    return speech.getVoices().filter(function (each) {
      return each.localService && each.lang.slice(0, 2) === document.documentElement.lang.slice(0, 2);
    })[0];
  }
  function offer() { say.hidden = !voice(); }
  say.onclick = function () {
    if (speech.speaking) return speech.cancel();
    var words = new SpeechSynthesisUtterance(get("main").innerText);
    words.voice = voice();
    words.lang = words.voice.lang;
    speech.speak(words);
  };
  addEventListener("pagehide", function () { speech.cancel(); });
  speech.onvoiceschanged = offer;
  offer();
})();
