namespace Workbench

open System.Globalization

/// What figures say in words. Two means differ where they lie more than two standard errors of their difference apart.
[<RequireQualifiedAccess>]
module InterpolationAnswers =

    let private percent (estimate: Estimate) =
        (100.0 * estimate.Value).ToString("F0", CultureInfo.InvariantCulture) + " %"

    let private number (estimate: Estimate) = Sections.short estimate.Value

    let private times (estimate: Estimate) = Sections.fixed2 estimate.Value

    /// The word for how a mean compares with another: below it, above it, or as it.
    let compare (below: string) (above: string) (same: string) (a: Estimate) (b: Estimate) =
        let doubt = 2.0 * sqrt (a.StandardError ** 2.0 + b.StandardError ** 2.0)

        if a.Value < b.Value - doubt then below
        elif a.Value > b.Value + doubt then above
        else same

    let private plausible (figures: WayFigures) =
        match figures.Between.Value / max figures.Ends.Value 1e-9 with
        | _ when figures.Ends.Value < 0.25 -> "Seldom, but then the ends seldom are either"
        | kept when kept >= 0.9 -> "Nearly as often as the ends"
        | kept when kept >= 0.6 -> "Mostly, though less often than the ends"
        | _ -> "Much less often than the ends"

    let private smooth (figures: WayFigures) =
        match figures.Unevenness.Value with
        | uneven when uneven < 2.0 -> "The change is smooth"
        | uneven when uneven < 3.0 -> "The change is smooth but for a faster stretch"
        | _ -> "The change comes in jumps"

    /// The GAN: are the images between plausible, is the change smooth?
    let ofGan (gan: WayFigures) (blend: WayFigures) (real: ImageFigures) : string =
        "Are the GAN's images between plausible, and does one image turn smoothly into the other? "
        + $"{plausible gan}: {percent gan.Between} of those between are plausible, {percent gan.Ends} of those at the ends; "
        + $"of training images {percent real.Plausible} are, of plain blends of two test images {percent blend.Between}. "
        + $"{smooth gan}: in the classifier's features the largest of the nine steps is {times gan.Unevenness} times the mean step, "
        + $"and the way is {times gan.Detour} times as long as the straight line."

    let private plausibility (gan: WayFigures) (vae: WayFigures) =
        let word = compare "less often" "more often" "as often" vae.Between gan.Between

        let counterpart =
            match word with
            | "as often" -> "as"
            | _ -> "than"

        $"its images between are plausible {word} {counterpart} the GAN's ({percent vae.Between} against {percent gan.Between})"

    /// The VAE: how does its way differ from the GAN's?
    let ofVae (gan: WayFigures) (vae: WayFigures) (real: ImageFigures) : string =
        let length = compare "shorter" "longer" "about as long" vae.Length gan.Length

        let even =
            compare "more evenly" "less evenly" "as evenly" vae.Unevenness gan.Unevenness

        let sharp = compare "blurrier" "sharper" "as sharp" vae.Sharpness gan.Sharpness
        let middle = compare "loses more" "loses less" "loses as much" vae.Middle gan.Middle

        $"How does the VAE's way differ? In the features it is {length} ({number vae.Length} against {number gan.Length}) and goes {even} "
        + $"(largest step {times vae.Unevenness} against {times gan.Unevenness} times the mean); {plausibility gan vae}. "
        + $"Its images are {sharp}: sharpness {number vae.Sharpness}, the GAN's {number gan.Sharpness}, training images {number real.Sharpness}. "
        + $"Halfway it {middle} of its ends' sharpness: {percent vae.Middle} is left, of the GAN's {percent gan.Middle}."
