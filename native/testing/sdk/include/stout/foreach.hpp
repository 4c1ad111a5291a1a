#pragma once

#define foreach(element, elements) for (element : elements)
