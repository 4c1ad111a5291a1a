#pragma once

/// The value of an operation that has succeeded and has nothing to tell.
struct Nothing
{
  bool operator==(const Nothing&) const { return true; }
  bool operator!=(const Nothing&) const { return false; }
};
