module.exports = {
	title: "Tabs",
	url: "https://tabs.example.net",
	baseUrl: "/",
	plugins: [],
	presets: [["@docusaurus/preset-classic", {}]],
};
