module.exports = process.env.CI ? {title: 'A', plugins: []} : {title: 'B', plugins: []};
