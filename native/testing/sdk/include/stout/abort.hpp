#pragma once

#include <cstdlib>
#include <iostream>

/// Ends the process over a mistake in the program itself, such as the value of an Option that has none.
#define ABORT(message)                                                                   \
  do {                                                                                   \
    std::cerr << "ABORT: (" << __FILE__ << ":" << __LINE__ << "): " << (message) << std::endl; \
    std::abort();                                                                        \
  } while (false)
