"""Activity, density and lung shunt from images."""
