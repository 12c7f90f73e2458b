/** The line below each doc that leads to the chat. */

interface FooterTexts {
  question: string;
  label: string;
}

/**
 * Puts the line at the end of the doc that is shown. React keeps an article from one doc to the next and knows nothing of
 * the line, so it is taken away and put last again on every navigation.
 */
export function placeFooter({ question, label }: FooterTexts): void {
  document.querySelector(".askdocs-footer")?.remove();
  const article = document.querySelector(".theme-doc-markdown")?.closest("article");
  if (article) {
    const ask = document.createElement("button");
    ask.type = "button";
    ask.dataset.askdocsOpen = "";
    ask.setAttribute("aria-haspopup", "dialog");
    ask.textContent = label;
    const line = document.createElement("p");
    line.className = "askdocs-footer";
    line.append(`${question} `, ask);
    article.append(line);
  }
}
