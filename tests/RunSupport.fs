/// Short runs inside the test process: a script and data for them.
module Workbench.Tests.RunSupport

open System.IO
open Workbench
open Workbench.Tests.FileSupport

/// The VAE's script.
let vaeScript =
    { Name = "vae"
      Question = "?"
      Common = Options.defaults
      Own = VaeOptions.own }

/// A file of so many glyphs in `folder`: its path.
let writeGlyphs (folder: string) (count: int) : string =
    let path = Path.Combine(folder, "glyphs.npy")
    Npy.writeBytes path (Glyphs.grey 7UL count).Images
    path

/// Hands over a fresh folder and a file of so many glyphs in it.
let withGlyphs (count: int) (test: string -> string -> 'T) : 'T =
    inFolder (fun folder -> test folder (writeGlyphs folder count))
