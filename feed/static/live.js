// Keeps the page up to date: when something new is published, the page is fetched again in the
// background and its marked parts take the place of the old ones. Without this script the page
// is the same; it is then as new as its last load.

const link = /** @type {HTMLElement} */ (document.getElementById("link"));

/** @param {"on" | "off"} state */
function show(state) {
  link.hidden = false;
  link.dataset.state = state;
  link.textContent = link.dataset[state] ?? "";
}

/** @param {Document} fresh */
function replaceParts(fresh) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.getElementById(part.id);
    if (other !== null && other.innerHTML !== part.innerHTML) {
      part.replaceChildren(...Array.from(other.childNodes, (node) => document.importNode(node, true)));
    }
  }
}

function renew() {
  // Asked for as a document, which the browser builds without running anything in it.
  const request = new XMLHttpRequest();
  request.open("GET", location.pathname);
  request.setRequestHeader("Cache-Control", "no-cache");
  request.responseType = "document";
  request.onload = () => {
    if (request.status === 200 && request.responseXML !== null) replaceParts(request.responseXML);
  };
  request.send();
}

const stream = new EventSource("/v1/stream");
stream.addEventListener("open", () => show("on"));
stream.addEventListener("error", () => show("off"));
stream.addEventListener("snapshot", renew);
