module Workbench.Tests.ExpectoTests

let private placeholder = ()
