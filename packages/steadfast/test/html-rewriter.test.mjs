// HTMLRewriter. Results and texts are workerd's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

const app = await Steadfast.start({ worker: { fetch: () => new Response() } });
test.after(() => app.stop());

const page = (html, init) => new Response(html, init);
const later = () => new Promise((resolve) => setImmediate(resolve));

/** The page after one kind of handlers. */
const changed = (html, selector, handlers) =>
  new HTMLRewriter().on(selector, handlers).transform(page(html)).text();

test("changes elements and what is in them", async () => {
  const rewriter = new HTMLRewriter()
    .on("a[href]", {
      element(element) {
        element.setAttribute("href", element.getAttribute("href").toUpperCase());
      },
    })
    .on("i", {
      element(element) {
        element.before("<x>").after("<y>", { html: true }).prepend("p").append("a");
      },
    })
    .on("s", { element: (element) => void element.remove() })
    .on("q", { element: (element) => void element.removeAndKeepContent() });
  const html = '<a href="x">t</a><i>i</i><s>s</s><q>q</q>';
  const expected = '<a href="X">t</a>&lt;x&gt;<i>pia</i><y>q';
  assert.equal(await rewriter.transform(page(html)).text(), expected);
  assert.equal(await rewriter.transform(page(html)).text(), expected);
});

test("shows text, comments, ends and the document", async () => {
  const seen = [];
  const rewriter = new HTMLRewriter()
    .on("p", {
      text: ({ text, lastInTextNode }) => void seen.push([text, lastInTextNode]),
      comments(comment) {
        comment.text = `new ${comment.text}`;
      },
      element: (element) => void element.onEndTag((end) => void end.before("!")),
    })
    .onDocument({
      name: "",
      doctype({ name }) {
        this.name = name;
      },
      end(end) {
        end.append(`<!--${this.name}-->`, { html: true });
      },
    });
  const html = "<!doctype html><p>hello<!--c--></p>";
  const expected = "<!doctype html><p>hello<!--new c-->!</p><!--html-->";
  assert.equal(await rewriter.transform(page(html)).text(), expected);
  assert.deepEqual(seen, [
    ["hello", false],
    ["", true],
  ]);
});

test("waits for handlers, of several pages at once", async () => {
  const rewriter = new HTMLRewriter().on("a", {
    async element(element) {
      await later();
      element.append("!");
    },
  });
  const texts = [1, 2, 3].map((n) => rewriter.transform(page(`<a>${n}</a><a></a>`)).text());
  const expected = ["<a>1!</a><a>!</a>", "<a>2!</a><a>!</a>", "<a>3!</a><a>!</a>"];
  assert.deepEqual(await Promise.all(texts), expected);
});

test("takes a page in any pieces, and keeps what is said of it", async () => {
  const { readable, writable } = new IdentityTransformStream();
  const write = async () => {
    const writer = writable.getWriter();
    for (const byte of new TextEncoder().encode("<p>hé\u{1F600}</p>")) {
      await writer.write(new Uint8Array([byte]));
    }
    await writer.close();
  };
  const headers = { "content-type": "text/html", etag: "x" };
  const response = new HTMLRewriter().transform(page(readable, { status: 201, headers }));
  assert.equal(response.status, 201);
  assert.deepEqual(Object.fromEntries(response.headers), headers);
  const [text] = await Promise.all([response.text(), write()]);
  assert.equal(text, "<p>hé\u{1F600}</p>");
  assert.equal(await new HTMLRewriter().transform(page(null)).text(), "");
});

test("fails as its handlers do, and can be left", async () => {
  const failing = {
    element() {
      throw new Error("mine");
    },
  };
  const rejecting = {
    async element() {
      await later();
      throw new Error("mine later");
    },
  };
  await assert.rejects(changed("<a>", "a", failing), { message: "mine" });
  await assert.rejects(changed("<a>", "a", rejecting), { message: "mine later" });
  const reader = new HTMLRewriter().transform(page("<li>x</li>".repeat(20_000))).body.getReader();
  await reader.read();
  await reader.cancel("enough");
});

test("refuses what workerd refuses", () => {
  const rewriter = new HTMLRewriter();
  assert.throws(() => rewriter.on("a[", {}), {
    name: "TypeError",
    message: "Parser error: Unexpected end of selector.",
  });
  assert.throws(() => rewriter.on("a"), /parameter 2 is not of type 'ElementContentHandlers'/);
  assert.throws(() => rewriter.transform("x"), /parameter 1 is not of type 'Response'/);
});
