module Workbench.Tests.GemmTests

let private placeholder = ()
