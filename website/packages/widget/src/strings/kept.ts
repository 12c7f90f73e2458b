/** The words for what is kept, of all languages: nobody needs them to ask. */

export interface KeptWords {
  /** "{0}" is a span of time, such as 90 days; in `masked` and `to` it is a list. */
  stored: string;
  notStored: string;
  backups: string;
  masked: string;
  /** By the server's names of them. */
  kinds: Readonly<Record<string, string>>;
  to: string;
  nowhere: string;
  shared: string;
  none: string;
  policy: string;
}

export function keptWords(language: string): KeptWords {
  const tables: Record<string, KeptWords | undefined> = KEPT;
  return tables[language] ?? KEPT.en;
}

export const KEPT = {
  en: {
    stored: "Questions and answers are kept until {0} after the last question.",
    notStored: "Questions and answers are not stored.",
    backups: "Backups may hold them for up to {0} longer.",
    masked: "Masked beforehand: {0}.",
    kinds: { email: "e-mail addresses", phone: "phone numbers", card: "card numbers", iban: "IBANs", ip: "IP addresses", secret: "keys and passwords", private: "what the site names" },
    to: "Questions are sent to {0}.",
    nowhere: "Questions are sent to no other service.",
    shared: "For {0}, others who ask the same may get the same answer.",
    none: "No cookies; your IP address is not stored.",
    policy: "Privacy policy",
  },
  de: {
    stored: "Fragen und Antworten werden bis {0} nach der letzten Frage aufbewahrt.",
    notStored: "Fragen und Antworten werden nicht gespeichert.",
    backups: "Sicherungen enthalten sie unter Umständen noch {0} länger.",
    masked: "Zuvor unkenntlich gemacht: {0}.",
    kinds: { email: "E-Mail-Adressen", phone: "Telefonnummern", card: "Kartennummern", iban: "IBANs", ip: "IP-Adressen", secret: "Schlüssel und Passwörter", private: "was die Website festlegt" },
    to: "Fragen gehen an {0}.",
    nowhere: "Fragen gehen an keinen anderen Dienst.",
    shared: "Wer innerhalb der nächsten {0} dasselbe fragt, erhält unter Umständen dieselbe Antwort.",
    none: "Keine Cookies; Ihre IP-Adresse wird nicht gespeichert.",
    policy: "Datenschutzerklärung",
  },
  es: {
    stored: "Las preguntas y respuestas se guardan hasta {0} después de la última pregunta.",
    notStored: "Las preguntas y respuestas no se guardan.",
    backups: "Las copias de seguridad pueden conservarlas hasta {0} más.",
    masked: "Se ocultan antes: {0}.",
    kinds: { email: "direcciones de correo", phone: "números de teléfono", card: "números de tarjeta", iban: "IBAN", ip: "direcciones IP", secret: "claves y contraseñas", private: "lo que indica el sitio" },
    to: "Las preguntas se envían a {0}.",
    nowhere: "Las preguntas no se envían a ningún otro servicio.",
    shared: "Durante {0}, quien pregunte lo mismo puede recibir la misma respuesta.",
    none: "Sin cookies; su dirección IP no se guarda.",
    policy: "Política de privacidad",
  },
  fr: {
    stored: "Les questions et réponses sont conservées jusqu’à {0} après la dernière question.",
    notStored: "Les questions et réponses ne sont pas conservées.",
    backups: "Les sauvegardes peuvent les contenir jusqu’à {0} de plus.",
    masked: "Masqués au préalable : {0}.",
    kinds: { email: "adresses e-mail", phone: "numéros de téléphone", card: "numéros de carte", iban: "IBAN", ip: "adresses IP", secret: "clés et mots de passe", private: "ce que le site indique" },
    to: "Les questions sont envoyées à {0}.",
    nowhere: "Les questions ne sont envoyées à aucun autre service.",
    shared: "Pendant {0}, qui pose la même question peut recevoir la même réponse.",
    none: "Pas de cookies ; votre adresse IP n’est pas conservée.",
    policy: "Politique de confidentialité",
  },
  pt: {
    stored: "Perguntas e respostas são guardadas até {0} após a última pergunta.",
    notStored: "Perguntas e respostas não são guardadas.",
    backups: "Cópias de segurança podem contê-las por até {0} a mais.",
    masked: "Ocultados antes: {0}.",
    kinds: { email: "endereços de e-mail", phone: "números de telefone", card: "números de cartão", iban: "IBANs", ip: "endereços IP", secret: "chaves e senhas", private: "o que o site indica" },
    to: "As perguntas são enviadas a {0}.",
    nowhere: "As perguntas não são enviadas a nenhum outro serviço.",
    shared: "Durante {0}, quem perguntar o mesmo pode receber a mesma resposta.",
    none: "Sem cookies; seu endereço IP não é guardado.",
    policy: "Política de privacidade",
  },
  ja: {
    stored: "質問と回答は、最後の質問から{0}保存されます。",
    notStored: "質問と回答は保存されません。",
    backups: "バックアップにはさらに最長{0}残ることがあります。",
    masked: "事前に伏せられるもの：{0}。",
    kinds: { email: "メールアドレス", phone: "電話番号", card: "カード番号", iban: "IBAN", ip: "IP アドレス", secret: "キーとパスワード", private: "サイトが指定するもの" },
    to: "質問の送信先：{0}。",
    nowhere: "質問がほかのサービスに送られることはありません。",
    shared: "{0}以内に同じ質問をした人には、同じ回答が表示されることがあります。",
    none: "Cookie は使わず、IP アドレスは保存しません。",
    policy: "プライバシーポリシー",
  },
  zh: {
    stored: "问题和回答会保留至最后一次提问后 {0}。",
    notStored: "问题和回答不会被保存。",
    backups: "备份中最多可能再保留 {0}。",
    masked: "事先遮盖的内容：{0}。",
    kinds: { email: "电子邮件地址", phone: "电话号码", card: "卡号", iban: "IBAN", ip: "IP 地址", secret: "密钥和密码", private: "网站指定的内容" },
    to: "问题会发送至：{0}。",
    nowhere: "问题不会发送给其他服务。",
    shared: "{0} 内提出相同问题的人可能会得到相同的回答。",
    none: "不使用 Cookie，也不保存您的 IP 地址。",
    policy: "隐私政策",
  },
  ar: {
    stored: "تُحفظ الأسئلة والإجابات حتى {0} بعد آخر سؤال.",
    notStored: "لا تُحفظ الأسئلة والإجابات.",
    backups: "قد تبقى في النسخ الاحتياطية حتى {0} إضافية.",
    masked: "يُخفى مسبقًا: {0}.",
    kinds: { email: "عناوين البريد الإلكتروني", phone: "أرقام الهواتف", card: "أرقام البطاقات", iban: "أرقام الآيبان", ip: "عناوين IP", secret: "المفاتيح وكلمات المرور", private: "ما يحدده الموقع" },
    to: "تُرسل الأسئلة إلى {0}.",
    nowhere: "لا تُرسل الأسئلة إلى أي خدمة أخرى.",
    shared: "خلال {0} قد يحصل من يسأل السؤال نفسه على الإجابة نفسها.",
    none: "لا ملفات تعريف ارتباط، ولا يُحفظ عنوان IP الخاص بك.",
    policy: "سياسة الخصوصية",
  },
} satisfies Record<string, KeptWords>;
