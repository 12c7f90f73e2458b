import type { ReactNode } from "react";
import Link from "@docusaurus/Link";
import Translate, { translate } from "@docusaurus/Translate";
import Layout from "@theme/Layout";
import styles from "./index.module.css";

interface Path {
  to: string;
  title: string;
  text: string;
}

function paths(): Path[] {
  return [
    {
      to: "/docs/start/docusaurus",
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

export default function Home(): ReactNode {
  const description = translate({
    id: "home.description",
    message: "Askdocs answers questions inside your documentation and shows the passage each statement rests on.",
  });
  return (
    <Layout title={translate({ id: "home.title", message: "Ask the documentation" })} description={description}>
      <main className={styles.page}>
        <h1 className={styles.title}>
          <Translate id="home.heading">Ask the documentation. See where the answer stands.</Translate>
        </h1>
        <p className={styles.lead}>
          <Translate id="home.lead">
            Askdocs puts a question box on your documentation site. It finds the passages that answer, says what they
            say, and links each statement to the sentence it comes from. It runs on one machine without any account,
            and on Postgres, Qdrant and Gemini when you have them.
          </Translate>
        </p>
        <p>
          <Translate id="home.try">The chat here answers from these very pages.</Translate>
        </p>
        <div className={styles.actions}>
          <button type="button" className="button button--primary button--lg" data-askdocs-open="">
            <Translate id="home.ask">Ask a question</Translate>
          </button>
          <Link className="button button--secondary button--lg" to="/docs/start/quick-start">
            <Translate id="home.quickStart">Quick start</Translate>
          </Link>
          <Link className="button button--secondary button--lg" to="/docs/start/what-it-is">
            <Translate id="home.whatItIs">What it is</Translate>
          </Link>
        </div>
        <ul className={styles.paths}>
          {paths().map((path) => (
            <li key={path.to}>
              <Link to={path.to}>
                <strong>{path.title}</strong> {path.text}
              </Link>
            </li>
          ))}
        </ul>
      </main>
    </Layout>
  );
}
