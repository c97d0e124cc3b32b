namespace Workbench

/// Steele, Lea and Flood's SplitMix64: a small generator whose numbers are the same on every platform. It draws the embedded
/// glyphs; training draws from the engine's own generators.
type internal SplitMix(seed: uint64) =
    let mutable state = seed

    static let mix (z: uint64) =
        let z = (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
        let z = (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    /// A generator for item number `index` of the family `seed`: neighbours have nothing in common.
    static member OfItem(seed: uint64, index: int) =
        SplitMix(mix (mix seed + uint64 index * 0xD1B54A32D192ED03UL))

    member _.Next() : uint64 =
        state <- state + 0x9E3779B97F4A7C15UL
        mix state

    /// Uniform in [0, 1), in steps of 2^-53.
    member this.Unit() : float =
        float (this.Next() >>> 11) * (1.0 / 9007199254740992.0)

    /// Uniform in [low, high).
    member this.Between(low: float, high: float) : float = low + (high - low) * this.Unit()

    /// Uniform in 0 .. count - 1.
    member this.Below(count: int) : int = int (this.Unit() * float count)

    /// Mean 0, variance 1, nearly normal, within 3.5: four uniform numbers added up (no library logarithm is involved, whose last
    /// bit may differ between platforms).
    member this.Bell() : float =
        (this.Unit() + this.Unit() + this.Unit() + this.Unit() - 2.0) * sqrt 3.0
