// Package web makes an environment of the web: a real Chromium, which an actor uses
// by what can be seen on its pages.
//
// Nothing of a page is trusted. All traffic goes through a proxy of our own (package
// gate), which allows listed hosts only and looks at each address after its name was
// looked up. Chromium runs with its own sandbox, as another user where this process is
// root's, with a fresh profile for each run, and is ended with all its processes.
// Its texts reach prompts as data.
package web

// Icon is the path data of a drawing, 44 units wide and high.
const Icon = "M5 8h34v28H5zM5 16h34M9 12h.5M13 12h.5M17 12h.5M20 22l12 5-5 2-2 5z"
