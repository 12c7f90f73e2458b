/** What the invitations say, in the languages that the chat itself speaks. */

/** Below each doc a sentence and a button. */
export interface FooterTexts {
  question: string;
  label: string;
}

interface Texts {
  navbar: string;
  footer: FooterTexts;
  /** The name of the button on blocks of code. */
  code: string;
  /** With {words} for what was typed into the site's search. */
  search: string;
}

const TEXTS: Record<string, Texts> = {
  en: {
    navbar: "Ask AI",
    footer: { question: "Was your question answered?", label: "Ask about this page" },
    code: "Ask about this code",
    search: "Ask AI about “{words}”",
  },
  ar: {
    navbar: "اسأل الذكاء الاصطناعي",
    footer: { question: "هل وجدت إجابة سؤالك؟", label: "اسأل عن هذه الصفحة" },
    code: "اسأل عن هذه الشيفرة",
    search: "اسأل الذكاء الاصطناعي عن «{words}»",
  },
  de: {
    navbar: "KI fragen",
    footer: { question: "Noch eine Frage offen?", label: "Zu dieser Seite fragen" },
    code: "Zu diesem Code fragen",
    search: "KI fragen: „{words}“",
  },
  es: {
    navbar: "Preguntar a la IA",
    footer: { question: "¿Ha encontrado su respuesta?", label: "Preguntar sobre esta página" },
    code: "Preguntar sobre este código",
    search: "Preguntar a la IA: «{words}»",
  },
  fr: {
    navbar: "Demander à l’IA",
    footer: { question: "Avez-vous trouvé votre réponse ?", label: "Poser une question sur cette page" },
    code: "Poser une question sur ce code",
    search: "Demander à l’IA : « {words} »",
  },
  ja: {
    navbar: "AIに質問",
    footer: { question: "疑問は解決しましたか？", label: "このページについて質問" },
    code: "このコードについて質問",
    search: "AIに「{words}」を質問",
  },
  pt: {
    navbar: "Perguntar à IA",
    footer: { question: "Sua pergunta foi respondida?", label: "Perguntar sobre esta página" },
    code: "Perguntar sobre este código",
    search: "Perguntar à IA: “{words}”",
  },
  zh: {
    navbar: "问 AI",
    footer: { question: "您的问题解决了吗？", label: "询问本页内容" },
    code: "询问这段代码",
    search: "向 AI 提问“{words}”",
  },
};

/** Those of the language where there are none of the region, and else the English ones. */
export function textsIn(locale: string): Texts {
  return TEXTS[locale.split(/[-_]/)[0]!.toLowerCase()] ?? TEXTS.en!;
}
