/// Random models and distributions for the properties of bounds.
module Workbench.Tests.BoundSupport

open System
open Expecto
open FsCheck
open Workbench

/// Random numbers of a property's seed.
type Draws(seed: int) =
    let random = Random seed

    member _.Between(low: float, high: float) =
        low + (high - low) * random.NextDouble()

    member this.Vector(size: int) =
        Array.init size (fun _ -> this.Between(-2.0, 2.0))

    member this.Matrix(rows: int, columns: int) =
        Array2D.init rows columns (fun _ _ -> this.Between(-1.5, 1.5))

    /// A normal distribution with any covariance: A A^T and a little of the identity.
    member this.Normal(size: int) : Normal =
        let a = this.Matrix(size, size)

        let covariance =
            Array2D.init size size (fun i j ->
                Array.sum (Array.map2 (*) a[i, *] a[j, *]) + (if i = j then 0.1 else 0.0))

        { Mean = this.Vector size
          Covariance = covariance }

    /// Probabilities, some of them 0 where it is allowed.
    member this.Probabilities(size: int, zeros: bool) =
        let weights =
            Array.init size (fun i ->
                if zeros && i > 0 && random.Next 3 = 0 then 0.0 else this.Between(0.01, 1.0))

        Array.map (fun weight -> weight / Array.sum weights) weights

    member this.Gaussian() : LinearGaussian =
        { Weights = this.Matrix(3, 2)
          Offset = this.Vector 3
          Deviation = this.Between(0.2, 2.0) }

    member this.Discrete() : DiscreteModel =
        { Prior = this.Probabilities(4, false)
          Likelihood = Array.init 4 (fun _ -> this.Probabilities(5, false)) }

let property name (check: Draws -> unit) =
    testProperty name (fun (PositiveInt seed) -> check (Draws seed))

let notBelow (least: float) (value: float) (message: string) =
    Expect.isGreaterThanOrEqual value (least - 1e-9 * (1.0 + abs least)) message
