/** Whether the page is light or dark now, by whichever switch its site has. */

/**
 * What <html> or <body> names, or else what the page's letters say, which need no guess: dark ones stand on a light
 * page, whether a class, a style sheet or the system's mode made them so. Names come first: colours may take time to
 * change, and some sites colour no more than their inner parts. `slate` is what Material for MkDocs calls its dark scheme.
 */
export const colorScheme = (): "light" | "dark" => {
  const names = [document.documentElement, document.body].map(
    ({ className, dataset }) => ` ${className} ${dataset.theme} ${dataset.mdColorScheme} `,
  );
  const named = / (?:(dark|slate)|light) /.exec(String(names));
  return (named ? named[1] : isLight(getComputedStyle(document.body).color)) ? "dark" : "light";
};

/** Of a colour as computed styles have it: rgb(…), of which green weighs most, or lab(…), oklch(…) and so on. */
const isLight = (color: string): boolean => {
  const [first, second] = color.match(/[\d.]+/g)!;
  return { r: +second! > 127, l: +first > 50 }[color[0]!] ?? +first > 0.5;
};
