#pragma once

/// Says "no value" where an Option is expected.
struct None {};
