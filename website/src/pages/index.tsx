import type { ReactNode } from "react";
import Link from "@docusaurus/Link";
import Translate, { translate } from "@docusaurus/Translate";
import useDocusaurusContext from "@docusaurus/useDocusaurusContext";
import CodeBlock from "@theme/CodeBlock";
import Layout from "@theme/Layout";
import Architecture from "../components/Architecture";
import Demo from "../components/Demo";
import styles from "./index.module.css";

interface Card {
  to: string;
  title: string;
  text: string;
}

/** What somebody who decides wants to know, each with the page that shows it. */
function reasons(): Card[] {
  return [
    {
      to: "/docs/use/widget",
      title: translate({ id: "home.checked.title", message: "Every statement has its sentence" }),
      text: translate({
        id: "home.checked.text",
        message: "Each number is checked against the page before readers see it, and opens the page at that sentence. What your docs do not say is not answered.",
      }),
    },
    {
      to: "/docs/use/answers-without-a-model",
      title: translate({ id: "home.keyless.title", message: "Works without a key" }),
      text: translate({
        id: "home.keyless.text",
        message: "Without a language model, or while yours is down, answers are quotes of your pages. Search and chat run on one machine, with no account.",
      }),
    },
    {
      to: "/docs/use/versions-and-locales",
      title: translate({ id: "home.version.title", message: "The reader's version and language" }),
      text: translate({
        id: "home.version.text",
        message: "A reader of 2.4 is answered from 2.4. Where only another version answers, the reader is told which one.",
      }),
    },
    {
      to: "/docs/use/revisions",
      title: translate({ id: "home.revisions.title", message: "An index you can take back" }),
      text: translate({
        id: "home.revisions.text",
        message: "A publish costs what changed, is verified before it is live, and is undone within a second.",
      }),
    },
    {
      to: "/docs/operate/benchmarks",
      title: translate({ id: "home.light.title", message: "Light on your pages" }),
      text: translate({
        id: "home.light.text",
        message: "2 kB until somebody asks, 20 kB more then. No request to a third party, no cookie, no layout shift.",
      }),
    },
    {
      to: "/docs/use/feedback",
      title: translate({ id: "home.gaps.title", message: "What your docs lack" }),
      text: translate({
        id: "home.gaps.text",
        message: "Questions that were not answered, and answers that did not help, are listed for the people who write.",
      }),
    },
  ];
}

function chapters(): Card[] {
  return [
    {
      to: "/docs/start/quick-start",
      title: translate({ id: "home.start.title", message: "Start" }),
      text: translate({ id: "home.start.text", message: "Run it here, then put it on your own site." }),
    },
    {
      to: "/docs/use/sources",
      title: translate({ id: "home.use.title", message: "Use" }),
      text: translate({ id: "home.use.text", message: "Index your pages, roll back, read the API." }),
    },
    {
      to: "/docs/operate/configuration",
      title: translate({ id: "home.operate.title", message: "Operate" }),
      text: translate({ id: "home.operate.text", message: "Settings, databases, health and metrics." }),
    },
    {
      to: "/docs/contribute/architecture",
      title: translate({ id: "home.contribute.title", message: "Contribute" }),
      text: translate({ id: "home.contribute.text", message: "How it is built, and why it is built so." }),
    },
  ];
}

const PLUGIN = `plugins: [
  ["docusaurus-plugin-askdocs", {
    siteKey: "pk_…",
    api: "https://ask.example.com",
  }],
],`;

const TAG = `<script src="https://ask.example.com/widget/askdocs.js"
  data-site-key="pk_…"
  data-api="https://ask.example.com" defer></script>`;

export default function Home(): ReactNode {
  const description = translate({
    id: "home.description",
    message: "Askdocs answers questions inside your documentation and shows the passage each statement rests on.",
  });
  return (
    <Layout title={translate({ id: "home.title", message: "Ask the documentation" })} description={description}>
      <main className={styles.page}>
        <header className={styles.head}>
          <h1 className={styles.title}>
            <Translate id="home.heading">Ask the documentation. See where the answer stands.</Translate>
          </h1>
          <p className={styles.lead}>
            <Translate id="home.lead">
              Askdocs puts a chat on your documentation site. It answers from your pages alone, and links each statement
              to the sentence it comes from.
            </Translate>
          </p>
          <div className={styles.actions}>
            <Link className="button button--primary" to="/docs/start/quick-start">
              <Translate id="home.quickStart">Quick start</Translate>
            </Link>
            <DemoLink />
          </div>
        </header>
        <Demo />
        <section className={styles.section} aria-labelledby="reasons">
          <h2 id="reasons">
            <Translate id="home.reasons">What you get</Translate>
          </h2>
          <Cards cards={reasons()} />
        </section>
        <section className={styles.section} aria-labelledby="place">
          <h2 id="place">
            <Translate id="home.place">On your site</Translate>
          </h2>
          <div className={styles.ways}>
            <div>
              <h3>Docusaurus</h3>
              <CodeBlock language="js">{PLUGIN}</CodeBlock>
              <Link to="/docs/start/docusaurus">
                <Translate id="home.docusaurus">Add it to a Docusaurus site</Translate>
              </Link>
            </div>
            <div>
              <h3>
                <Translate id="home.any.title">Any other site</Translate>
              </h3>
              <CodeBlock language="html">{TAG}</CodeBlock>
              <Link to="/docs/start/any-site">
                <Translate id="home.any">Add it to any site</Translate>
              </Link>
            </div>
          </div>
        </section>
        <section className={styles.section} aria-labelledby="parts">
          <h2 id="parts">
            <Translate id="home.parts">One process to start with</Translate>
          </h2>
          <p>
            <Translate id="home.parts.text">
              Everything runs embedded on one machine. PostgreSQL, a Qdrant server, Redis and Gemini come in when your
              configuration names them.
            </Translate>
          </p>
          <Architecture />
        </section>
        <section className={styles.section} aria-labelledby="chapters">
          <h2 id="chapters">
            <Translate id="home.chapters">The documentation</Translate>
          </h2>
          <Cards cards={chapters()} />
        </section>
      </main>
    </Layout>
  );
}

/** A plain link: the demo is no page of Docusaurus. Sites without it do not name it. */
function DemoLink(): ReactNode {
  const { siteConfig } = useDocusaurusContext();
  const { demo } = siteConfig.customFields as { demo: string };
  return (
    demo && (
      <a className="button button--secondary" href={demo}>
        <Translate id="home.vite">Try it on Vite's docs</Translate>
      </a>
    )
  );
}

function Cards({ cards }: { cards: readonly Card[] }): ReactNode {
  return (
    <ul className={styles.cards}>
      {cards.map(({ to, title, text }) => (
        <li key={to}>
          <Link to={to}>
            <strong>{title}</strong> {text}
          </Link>
        </li>
      ))}
    </ul>
  );
}
