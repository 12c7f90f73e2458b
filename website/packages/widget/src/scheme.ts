/** Whether the page is light or dark now, by whichever switch its site has. */

/** What sites call their schemes; `slate` is Material for MkDocs'. */
const NAMED = / (?:(dark|slate)|light) /;

/**
 * What <html> or <body> names, or else what the page's letters say, which need no guess: dark ones stand on a light
 * page, whether a class, a style sheet or the system's mode made them so. Names come first: colours may take time to
 * change, and some sites colour no more than their inner parts.
 */
export function colorScheme(): "light" | "dark" {
  const { documentElement, body } = document;
  const names = [documentElement, body].map(
    ({ className, dataset: { theme, mdColorScheme } }) => ` ${className} ${theme} ${mdColorScheme} `,
  );
  const named = NAMED.exec(names.join());
  return (named ? named[1] : isLight(getComputedStyle(body).color)) ? "dark" : "light";
}

/** Of a colour as computed styles have it: rgb(…), of which green weighs most, or lab(…), oklch(…) and so on. */
function isLight(color: string): boolean {
  const [first, second] = color.match(/[\d.]+/g)!;
  return color.startsWith("r") ? +second! > 127 : +first > (color.startsWith("l") ? 50 : 0.5);
}
