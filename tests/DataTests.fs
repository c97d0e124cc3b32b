module Workbench.Tests.DataTests

let private placeholder = ()
