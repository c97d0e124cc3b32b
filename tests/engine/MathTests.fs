module Workbench.Tests.MathTests

let private placeholder = ()
