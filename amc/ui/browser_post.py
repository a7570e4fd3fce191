"""Make the browser send a form to one of our routes: only a route can set an HttpOnly cookie."""

import streamlit as st

_SCRIPT = """
export default function({ data }) {
  const sent = (window.__amcSent = window.__amcSent || new Set());
  if (sent.has(data.once)) return;
  sent.add(data.once);
  const form = document.createElement("form");
  form.method = "post";
  form.action = data.action;
  const fields = { ...data.fields };
  if (data.come_back) fields.next = window.location.pathname + window.location.search;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    form.appendChild(input);
  }
  document.body.appendChild(form);
  form.submit();
}
"""


def browser_post(action: str, fields: dict[str, str], *, once: str, come_back: bool) -> None:
    """Send a form and go where the route says.

    Args:
        action: the route's path.
        fields: what to send.
        once: names this sending; a rerun does not send it again.
        come_back: whether to send the present address along as `next`.
    """
    component = st.components.v2.component("amc_post", js=_SCRIPT)
    component(
        data={"action": action, "fields": fields, "once": once, "come_back": come_back},
        key=f"post.{action}",
    )
