package feedback

// Words is for tests.
var Words = words
