export default async () => ({
  title: 'Arrow',
  url: 'https://arrow.example.net',
  baseUrl: '/',
  presets: [],
})
