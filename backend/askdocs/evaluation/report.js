"use strict";
// Filters the questions. Without scripts all of them are shown, and the form is not.
const form = document.querySelector(".filters");
const questions = [...document.querySelectorAll(".question")];

function filter() {
  const chosen = new FormData(form);
  const outcomes = new Set(chosen.getAll("outcome"));
  const kind = chosen.get("kind");
  const words = chosen.get("words").toLowerCase().trim();
  let shown = 0;
  for (const question of questions) {
    const { outcome, kind: own, words: text } = question.dataset;
    question.hidden = !(outcomes.has(outcome) && (kind === "*" || kind === own) && text.includes(words));
    shown += question.hidden ? 0 : 1;
  }
  form.querySelector(".count").textContent = `${shown} of ${questions.length} questions`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
