// Colours from Streamlit's theme variables, so light, dark and custom themes all fit.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-background-color)",
    border: "1px solid var(--st-border-color)",
    borderRadius: "var(--st-base-radius)",
    fontSize: "14px",
  },
  "&.cm-focused": { outline: "2px solid var(--st-primary-color)", outlineOffset: "-1px" },
  ".cm-scroller": {
    fontFamily: "var(--st-code-font), monospace",
    lineHeight: "1.5",
    minHeight: "320px",
    maxHeight: "60vh",
    overflow: "auto",
  },
  ".cm-content": { minHeight: "320px", caretColor: "var(--st-text-color)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--st-text-color)" },
  ".cm-placeholder": { color: "var(--st-gray-text-color)" },
  ".cm-gutters": {
    backgroundColor: "var(--st-secondary-background-color)",
    color: "var(--st-gray-text-color)",
    // CodeMirror sets a height of its own, inline: that of the text.
    minHeight: "320px !important",
    borderRight: "1px solid var(--st-border-color)",
  },
  ".cm-activeLine": { backgroundColor: "transparent" },
  ".cm-activeLineGutter": {
    backgroundColor: "var(--st-gray-background-color)",
    color: "var(--st-text-color)",
  },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--st-primary-color) 30%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--st-green-background-color)",
    outline: "1px solid var(--st-green-color)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--st-yellow-background-color)" },
  ".cm-searchMatch": { backgroundColor: "var(--st-yellow-background-color)" },
  ".cm-searchMatch-selected": { outline: "1px solid var(--st-orange-color)" },
  ".cm-panels, .cm-tooltip": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-background-color)",
    border: "1px solid var(--st-border-color)",
  },
  ".cm-tooltip": {
    borderRadius: "var(--st-base-radius)",
    boxShadow: "0 4px 16px rgba(0, 0, 0, .18)",
    fontFamily: "var(--st-font)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--st-code-font), monospace" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-blue-background-color)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { color: "var(--st-gray-text-color)", fontStyle: "normal" },
  ".cm-completionInfo": { maxWidth: "26rem", whiteSpace: "normal" },
  ".cm-lintRange": { backgroundImage: "none", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecoration: "underline wavy var(--st-red-color) 1.5px" },
  ".cm-lintRange-warning": { textDecoration: "underline wavy var(--st-orange-color) 1.5px" },
  ".cm-lintRange-info": { textDecoration: "underline dotted var(--st-blue-color) 2px" },
  ".cm-lintRange-active": { backgroundColor: "var(--st-yellow-background-color)" },
  ".cm-diagnostic": { padding: "6px 10px", maxWidth: "36rem", fontSize: "14px" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--st-red-color)" },
  ".cm-diagnostic-warning": { borderLeft: "4px solid var(--st-orange-color)" },
  ".cm-diagnostic-info": { borderLeft: "4px solid var(--st-blue-color)" },
  ".cm-diagnosticAction": {
    color: "var(--st-background-color)",
    backgroundColor: "var(--st-link-color)",
    borderRadius: "4px",
    padding: "3px 8px",
    fontFamily: "var(--st-font)",
    fontSize: "13px",
  },
  ".cm-panel.cm-panel-lint ul [aria-selected]": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-blue-background-color)",
  },
  ".cm-textfield, .cm-button": {
    color: "var(--st-text-color)",
    background: "var(--st-secondary-background-color)",
    border: "1px solid var(--st-border-color)",
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--st-blue-text-color)", fontWeight: "600" },
  { tag: [tags.standard(tags.name), tags.function(tags.variableName)], color: "var(--st-violet-text-color)" },
  { tag: tags.typeName, color: "var(--st-orange-text-color)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--st-green-text-color)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--st-orange-text-color)" },
  { tag: tags.comment, color: "var(--st-gray-text-color)", fontStyle: "italic" },
]);

const brightness = new Compartment();

export const theme = [look, syntaxHighlighting(colours), brightness.of([])];

/** Tells CodeMirror whether the page is dark: for what it colours by itself. */
export function followTheme(view) {
  const dark = isDark(getComputedStyle(view.dom).backgroundColor);
  if (view.state.facet(EditorView.darkTheme) === dark) return;
  view.dispatch({ effects: brightness.reconfigure(EditorView.theme({}, { dark })) });
}

function isDark(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}
