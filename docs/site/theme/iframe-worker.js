/* A browser starts no worker for a page that was opened as a file.  The search then runs in a hidden frame,
   which looks to the page like a worker; the theme looks for this class by its name. */
class IFrameWorker extends EventTarget {
  constructor(url) {
    super()
    this.frame = document.createElement("iframe")
    this.frame.hidden = true
    document.body.appendChild(this.frame)
    window.addEventListener("message", (event) => {
      if (event.source !== this.frame.contentWindow) return
      this.dispatchEvent(new MessageEvent("message", { data: event.data }))
    })
    this.loaded = new Promise((resolve) => this.frame.addEventListener("load", resolve))
    this.frame.srcdoc = `<script>
      postMessage = (data) => parent.postMessage(data, "*")
      importScripts = (...urls) => urls.reduce((before, url) => before.then(() => new Promise((resolve) => {
        const script = document.createElement("script")
        script.src = url
        script.onload = resolve
        document.body.appendChild(script)
      })), Promise.resolve())
      </${"script"}><body><script src="${url}"></${"script"}>`
  }

  postMessage(data) {
    this.loaded.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
  }

  terminate() {
    this.frame.remove()
  }
}

if (location.protocol === "file:") {
  window.IFrameWorker = IFrameWorker
  window.Worker = IFrameWorker
}
