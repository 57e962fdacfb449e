/*
spec: platform
covers: HTMLRewriter: elements, attributes, text, comments, content before, after and inside, document end
*/
const HTML = `<!doctype html><title>Old</title><body><!-- note --><p class="a" id=x>Hello <b>you</b></p><p>Second</p><a href="/old">link</a></body>`;

export default {
  fetch() {
    let texts = "";
    return new HTMLRewriter()
      .on("title", {
        element(element) {
          element.setInnerContent("New & true");
        },
      })
      .on("p.a", {
        element(element) {
          element.setAttribute("class", "b").setAttribute("data-id", element.getAttribute("id"));
          element.removeAttribute("id");
          element.before("<hr>", { html: true });
          element.after("<after>");
          element.prepend("(").append(")");
        },
        text(text) {
          texts += text.text;
        },
      })
      .on("b", {
        element(element) {
          element.removeAndKeepContent();
        },
      })
      .on("a[href]", {
        async element(element) {
          await null;
          element.tagName = "link-to";
          element.setAttribute("href", `${element.getAttribute("href")}/new`);
        },
      })
      .onDocument({
        comments(comment) {
          comment.replace(`<!--${comment.text.toUpperCase()}-->`, { html: true });
        },
        end(end) {
          end.append(`<!-- ${JSON.stringify(texts)} -->`, { html: true });
        },
      })
      .transform(new Response(HTML, { headers: { "content-type": "text/html", "x-kept": "1" } }));
  },
};
