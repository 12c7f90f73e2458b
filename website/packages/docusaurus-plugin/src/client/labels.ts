/** What the chat's button says before the chat is loaded; the widget itself brings English and German with it. */

const LABELS: Record<string, string> = {
  ar: "اسأل الوثائق",
  es: "Preguntar a la documentación",
  fr: "Interroger la doc",
  ja: "ドキュメントに質問",
  pt: "Perguntar à documentação",
  zh: "向文档提问",
};

/** Undefined where the widget's own word serves. */
export function labelFor(locale: string): string | undefined {
  return LABELS[locale.split("-")[0] ?? ""];
}
