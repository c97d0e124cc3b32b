namespace Workbench

/// What a pixel's grey is taken for.
type Pixels =
    /// A target between 0 and 1 as it is; the summed cross-entropy is then no likelihood.
    | Grey
    /// The probability of ink, drawn once at a fixed seed.
    | Static
    /// The probability of ink, drawn anew whenever the image is used.
    | Dynamic

    override this.ToString() =
        match this with
        | Grey -> "grey"
        | Static -> "static"
        | Dynamic -> "dynamic"
