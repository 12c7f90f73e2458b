import Layout from "@theme/Layout";

export default function Home() {
  return (
    <Layout title="Home" description="Backups that restore">
      <main>
        <h1>Kestrel</h1>
      </main>
    </Layout>
  );
}
