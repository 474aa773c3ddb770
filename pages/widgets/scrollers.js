// A static table that is wider than a narrow screen scrolls in itself. Streamlit gives a keyboard no
// way into it, so it becomes a stop of the Tab key, for as long as it has something to scroll.
if (!window.scrollersAreReached) {
  window.scrollersAreReached = true
  const reach = () => {
    for (const box of document.querySelectorAll('[data-testid="stTable"] > div')) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
      else box.removeAttribute("tabindex")
    }
  }
  let asked = false
  const soon = () => {
    if (asked) return
    asked = true
    setTimeout(() => { asked = false; reach() }, 200)
  }
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true })
  window.addEventListener("resize", soon)
  soon()
}
