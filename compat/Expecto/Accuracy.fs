namespace Expecto

open Microsoft.FSharp.Core.LanguagePrimitives

/// How far two numbers may lie apart: |a - b| <= absolute + relative * max(|a|, |b|).
type Accuracy<'abs, 'rel> = { absolute: 'abs; relative: 'rel }

type Accuracy<[<Measure>] 'u> = Accuracy<float<'u>, float>
type Accuracy = Accuracy<1>
type Accuracy32<[<Measure>] 'u> = Accuracy<float32<'u>, float32>
type Accuracy32 = Accuracy32<1>

/// Accuracies of floats by name (absolute / relative), and the comparison itself.
module Accuracy =

    /// |a - b| <= absolute + relative * max(|a|, |b|); false when either is NaN.
    let inline areClose (m: Accuracy<'a, 'b>) (a: 'a) (b: 'a) : bool =
        abs (a - b) <= m.absolute + m.relative * max (abs a) (abs b)

    /// 1e-6 / 1e-3
    let low<[<Measure>] 'u> : Accuracy<'u> =
        { absolute = FloatWithMeasure 1e-6
          relative = 1e-3 }

    /// 1e-8 / 1e-5
    let medium<[<Measure>] 'u> : Accuracy<'u> =
        { absolute = FloatWithMeasure 1e-8
          relative = 1e-5 }

    /// 1e-10 / 1e-7
    let high<[<Measure>] 'u> : Accuracy<'u> =
        { absolute = FloatWithMeasure 1e-10
          relative = 1e-7 }

    /// 1e-12 / 1e-9
    let veryHigh<[<Measure>] 'u> : Accuracy<'u> =
        { absolute = FloatWithMeasure 1e-12
          relative = 1e-9 }

    /// 1e-8 / 1e-5
    let mediumf<[<Measure>] 'u> : Accuracy32<'u> =
        { absolute = Float32WithMeasure 1e-8f
          relative = 1e-5f }

    /// 1e-10 / 1e-7
    let highf<[<Measure>] 'u> : Accuracy32<'u> =
        { absolute = Float32WithMeasure 1e-10f
          relative = 1e-7f }

    /// 1e-12 / 1e-9
    let veryHighf<[<Measure>] 'u> : Accuracy32<'u> =
        { absolute = Float32WithMeasure 1e-12f
          relative = 1e-9f }

/// Accuracies of float32s by name (absolute / relative).
module Accuracy32 =

    /// 1e-6 / 1e-3
    let low<[<Measure>] 'u> : Accuracy32<'u> =
        { absolute = Float32WithMeasure 1e-6f
          relative = 1e-3f }

    /// 1e-8 / 1e-5
    let medium<[<Measure>] 'u> : Accuracy32<'u> = Accuracy.mediumf

    /// 1e-10 / 1e-7
    let high<[<Measure>] 'u> : Accuracy32<'u> = Accuracy.highf

    /// 1e-12 / 1e-9
    let veryHigh<[<Measure>] 'u> : Accuracy32<'u> = Accuracy.veryHighf
