// Passkeys: asks the browser for one and sends its answer in the form that holds the question. On sign-in pages only.
(function () {
  var form = document.getElementById("passkey");
  if (!form || !window.PublicKeyCredential) return;
  form.hidden = false;
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function read(list) { (list || []).forEach(function (each) { each.id = bytes(each.id); }); }
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var making = form.dataset.make === "1", asked = JSON.parse(form.dataset.options).publicKey;
    asked.challenge = bytes(asked.challenge);
    read(asked.excludeCredentials);
    read(asked.allowCredentials);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    var got = making ? navigator.credentials.create({ publicKey: asked }) : navigator.credentials.get({ publicKey: asked });
    got.then(function (made) {
      var response = { clientDataJSON: text(made.response.clientDataJSON) };
      if (making) response.attestationObject = text(made.response.attestationObject);
      else {
        response.authenticatorData = text(made.response.authenticatorData);
        response.signature = text(made.response.signature);
      }
      form.elements.answer.value = JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: response });
      form.submit();
    }).catch(function () { document.getElementById("passkey-wrong").hidden = false; });
  });
})();
