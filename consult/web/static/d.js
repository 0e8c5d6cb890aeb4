// Somebody's own code: the page is read without it, and it alone, digit by digit, where that is pressed. With a voice that
// is on the device itself, as all reading aloud in x.js, which comes after this.
(function () {
  var get = document.getElementById.bind(document), own = get("own"), digits = get("digits"), say = get("say");
  var speech = window.speechSynthesis;
  if (!say || !speech) return;
  say.addEventListener("click", function () {
    own.hidden = true;
    setTimeout(function () { own.hidden = false; });
  }, true);
  new MutationObserver(function () { digits.hidden = say.hidden; }).observe(say, {attributes: true});
  digits.onclick = function () {
    if (speech.speaking) return speech.cancel();
    var words = new SpeechSynthesisUtterance(own.textContent.match(/\d/g).join(", "));
    words.voice = speech.getVoices().filter(function (each) {
      return each.localService && each.lang.slice(0, 2) === document.documentElement.lang.slice(0, 2);
    })[0];
    words.lang = words.voice.lang;
    speech.speak(words);
  };
})();
