// What the editor is made of.
import {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
  placeholder,
} from "@codemirror/view";
import { hoverDocs } from "./hover.js";
import { theme } from "./theme.js";

/** `editor` gets what happens: `run`, `changed`, and its `sync` what leaves. */
export function extensions(data, editor) {
  const { sync } = editor;
  return [
    keymap.of([
      { key: "Mod-Enter", run: () => editor.run(), preventDefault: true },
      { key: "Tab", run: acceptCompletion },
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap,
      ...completionKeymap, ...lintKeymap,
      indentWithTab,
    ]),
    lineNumbers(), lintGutter(), history(), drawSelection(), indentUnit.of("    "),
    bracketMatching(), closeBrackets(), autocompletion({ icons: false, maxRenderedOptions: 60 }),
    hoverDocs(editor),
    highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(),
    search({ top: true }),
    placeholder(data.placeholder),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": data.label, "aria-describedby": "amc-editor-keys", spellcheck: "false",
    }),
    editor.language.of([]),
    theme,
    EditorView.updateListener.of((update) => {
      if (update.docChanged) editor.changed(update);
    }),
    EditorView.domEventHandlers({
      blur: (event, view) => {
        // Streamlit sends values a moment later, for the page it is on: behind the click on a link
        // that would call the old page back. The draft keeps the text for the return.
        if (event.relatedTarget?.closest?.("a[href]")) sync.postpone(view);
        else sync.flush(view);
      },
    }),
  ];
}
