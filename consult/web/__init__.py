"""The pages: one package a role; a route loads, asks whether it may, calls one service and renders."""
