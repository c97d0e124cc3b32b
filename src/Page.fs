namespace Workbench

open System

/// Which way a figure is the better one.
type Better =
    | Lower
    | Higher

/// A final figure of a page. Of a distance to nothing in particular, neither way is better. The note tells what is not told of all
/// tiles beside it.
type Tile =
    { Name: string
      Value: string
      Unit: string
      Better: Better option
      Note: string }

/// Images of one size in rows of so many, without gaps: what the points of a chart stand for, each by its place.
type Thumbnails =
    { Png: byte[]
      Columns: int
      Width: int
      Height: int }

/// What a page shows, in the script's order.
[<RequireQualifiedAccess>]
type Section =
    /// The final figures, as a row of tiles, and what all were measured on: pixel mode, data, how many.
    | Tiles of measuredOn: string * Tile list
    /// Any chart, by `Plots` or the author's own. What it does not set is the page's: size, colours, fonts; with a template of
    /// its own it has that one's instead. Charts that follow one another stand two abreast.
    | Chart of title: string * chart: Plotly.NET.GenericChart
    /// A chart whose points show an image under the pointer, by the number that each has as `customdata`.
    | Cloud of title: string * chart: Plotly.NET.GenericChart * images: Thumbnails
    /// Labelled rows of pictures (PNG, unscaled), one below the other, under one caption.
    | Rows of caption: string * rows: (string * byte[] list) list
    /// Rows of cells under a header; the first cell of a row names it.
    | Table of caption: string * header: string list * rows: string list list
    /// A table whose rows' names are links; without an address, one is none.
    | LinkedTable of caption: string * header: string list * rows: (string * string list) list
    /// Pictures (PNG, unscaled) of one caption, side by side as far as there is room.
    | Images of caption: string * blocks: byte[] list
    /// A decoder that the page runs, with what is to be known of it.
    | Explorer of title: string * words: string * decoder: Json
    /// A paragraph.
    | Words of string
    /// What is wrong with the run, and what to try: told at the page's head.
    | Warning of string

/// Everything a report says.
type Page =
    {
        /// The question that the script asks.
        Question: string
        /// The run's folder, as `vae/20261128-162752`.
        Run: string
        /// `started 2026-11-28 16:27 +01:00`.
        When: string
        /// One line on what was run.
        Lead: string
        /// The settings that are not the script's defaults.
        Changed: (string * Json) list
        /// Words and relative addresses of what lies beside the page.
        Links: (string * string) list
        /// Such links, and a notice, for what may be true later: `Report.reveal` shows them, in place of the links to the same address.
        LaterLinks: (string * string) list
        LaterNotice: string option
        /// What a reader must know first: that the run diverged, was interrupted, or ended badly.
        Notices: string list
        Sections: Section list
        Settings: (string * Json) list
        /// A command, and what it is there for: to make the page again, or to go on with the run.
        Command: string * string
        /// Names and values for the foot: data and its hash, versions, wall-clock.
        Facts: (string * string) list
        /// The relative address of plotly.js; none: it is in the page, which then needs nothing else.
        Script: string option
        /// When it was written, of the page of a run under way: a browser loads it anew every half a minute.
        Live: DateTimeOffset option
    }
