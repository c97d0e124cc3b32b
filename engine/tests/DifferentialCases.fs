/// All that is held against libtorch: each operation of the engine's surface on its forms.
module Workbench.Tests.DifferentialCases

open Workbench.Tests.DifferentialOutcome

/// The table of operations.
let operations: Operation list =
    DifferentialPointwise.operations
    @ DifferentialArithmetic.operations
    @ DifferentialReductions.operations
    @ DifferentialViews.operations
    @ DifferentialProducts.operations
    @ DifferentialLosses.operations
    @ DifferentialSteps.operations
